import type { Stage } from '../../api/types'

export interface Node {
  stage: Stage
  column: number
  row: number
}

/** Puts each stage one column behind the last one that it needs, and gives it a row of its own there. */
export function layOut(stages: Stage[]): Node[] {
  const byName = new Map(stages.map((s) => [s.name, s]))
  const columns = new Map<string, number>()
  const columnOf = (s: Stage, seen: string[]): number => {
    const known = columns.get(s.name)
    if (known !== undefined) return known
    if (seen.includes(s.name)) return 0
    const before = (s.needs ?? []).flatMap((n) => byName.get(n) ?? [])
    const column = before.reduce((c, n) => Math.max(c, 1 + columnOf(n, [...seen, s.name])), 0)
    columns.set(s.name, column)
    return column
  }
  const rows = new Map<number, number>()
  return stages.map((stage) => {
    const column = columnOf(stage, [])
    const row = rows.get(column) ?? 0
    rows.set(column, row + 1)
    return { stage, column, row }
  })
}

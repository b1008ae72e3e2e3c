import type { LogLine } from '../api/types'
import { plain } from './ansi'

/** Lines of one source that follow each other: the output of one step. */
export interface Group {
  source: string
  attempt: number
  from: number // index of its first line
  to: number // index after its last line
  folded: boolean
}

/** A row of the view: the head of a group, or a line. */
export type RowAt = { group: Group; line?: undefined } | { group: Group; line: number }

const slice = 10 // ms of looking before the page may breathe

const most = 1_000_000 // lines kept; a log that is longer ends there, and says so

/**
 * The lines of a log, as they come, with what the view needs to show a few of
 * them without looking at the others. It changes in place and tells listeners
 * at most every frame.
 */
export class LogStore {
  readonly texts: string[] = []
  readonly seqs: number[] = []
  readonly times: (string | undefined)[] = []
  readonly streams: (string | undefined)[] = []
  readonly sources: string[] = [] // of each line; only where sources mix
  readonly groups: Group[] = []
  readonly matches: number[] = [] // indices of lines that hold the needle
  ended = false
  full = false
  problem = ''
  version = 0
  private needle = ''
  private searched = 0 // lines that were looked through
  private turn = 0 // which search this is
  private first: ((line: number) => void) | undefined
  private starts: number[] = [] // first row of each group
  private startsOf = -1 // version they are of
  private listeners = new Set<() => void>()
  private frame = 0

  /** mixed: lines of several sources come in turns, and stand in one group. */
  constructor(readonly mixed = '') {}

  get lines(): number {
    return this.texts.length
  }

  /** Number of the last line, to go on from. */
  get last(): number {
    return this.seqs.at(-1) ?? 0
  }

  add(batch: LogLine[]): void {
    for (const line of batch) {
      if (this.texts.length >= most) {
        this.full = true
        break
      }
      const seq = line.seq ?? this.texts.length + 1
      if (seq <= this.last) continue
      const i = this.texts.length
      this.texts.push(line.text)
      this.seqs.push(seq)
      this.times.push(line.at)
      this.streams.push(line.stream)
      const attempt = line.attempt ?? 1
      const group = this.groups.at(-1)
      const source = this.mixed || line.source
      if (this.mixed) this.sources.push(line.source)
      if (group && group.source === source && group.attempt === attempt) group.to = i + 1
      else this.groups.push({ source, attempt, from: i, to: i + 1, folded: false })
      if (this.needle && this.searched === i) this.lookAt(i)
    }
    this.changed()
  }

  /** Forgets all lines: what was lost cannot be gone on from. */
  restart(): void {
    for (const list of [this.texts, this.seqs, this.times, this.streams, this.sources, this.groups, this.matches]) list.length = 0
    this.searched = 0
    this.changed()
  }

  end(problem = ''): void {
    this.ended = true
    this.problem = problem
    this.changed()
  }

  fold(group: Group, folded: boolean): void {
    group.folded = folded
    this.changed()
  }

  foldAll(folded: boolean): void {
    for (const g of this.groups) g.folded = folded
    this.changed()
  }

  /**
   * Looks for a text in all lines; small and capital letters are the same. A
   * long log is looked through a slice at a time, so that the page answers
   * meanwhile. first is told the first line that holds it.
   */
  search(needle: string, first?: (line: number) => void): void {
    this.needle = needle.toLowerCase()
    this.matches.length = 0
    this.searched = 0
    this.first = first
    this.turn++
    if (this.needle) this.look(this.turn)
    this.changed()
  }

  /** Whether all lines were looked through. */
  get found(): boolean {
    return !this.needle || this.searched >= this.texts.length
  }

  private look(turn: number): void {
    const until = performance.now() + slice
    while (this.searched < this.texts.length) {
      this.lookAt(this.searched)
      if (this.searched % 256 === 0 && performance.now() > until) {
        setTimeout(() => turn === this.turn && this.look(turn))
        break
      }
    }
    this.changed()
  }

  private lookAt(i: number): void {
    this.searched = i + 1
    if (!this.holds(i)) return
    this.matches.push(i)
    if (this.matches.length === 1) this.first?.(i)
  }

  /** Whether a line holds the text that is looked for. */
  matched(line: number): boolean {
    return at(this.matches, line) >= 0
  }

  private holds(i: number): boolean {
    return plain(this.texts[i] ?? '').toLowerCase().includes(this.needle)
  }

  private layout(): number[] {
    if (this.startsOf === this.version) return this.starts
    let row = 0
    this.starts = this.groups.map((g) => {
      const at = row
      row += 1 + (g.folded ? 0 : g.to - g.from)
      return at
    })
    this.starts.push(row)
    this.startsOf = this.version
    return this.starts
  }

  /** How many rows there are. */
  get rows(): number {
    return this.layout().at(-1) ?? 0
  }

  /** What stands in a row. */
  row(n: number): RowAt | undefined {
    const starts = this.layout()
    let low = 0
    let high = this.groups.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= n) low = middle
      else high = middle - 1
    }
    const group = this.groups[low]
    if (!group) return undefined
    const within = n - (starts[low] ?? 0)
    return within === 0 ? { group } : { group, line: group.from + within - 1 }
  }

  /** The row of a line; its group is unfolded for that. */
  rowOf(line: number): number {
    const i = this.groups.findIndex((g) => line >= g.from && line < g.to)
    const group = this.groups[i]
    if (!group) return 0
    if (group.folded) this.fold(group, false)
    return (this.layout()[i] ?? 0) + 1 + line - group.from
  }

  /** The index of the line with a number. */
  indexOf(seq: number): number {
    return at(this.seqs, seq)
  }

  private changed(): void {
    this.version++
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      for (const tell of this.listeners) tell()
    })
  }

  subscribe = (tell: () => void): (() => void) => {
    this.listeners.add(tell)
    return () => this.listeners.delete(tell)
  }
}

/** Where a number stands in a sorted list; -1: it does not. */
function at(list: number[], wanted: number): number {
  let low = 0
  let high = list.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = list[middle] ?? 0
    if (found === wanted) return middle
    if (found < wanted) low = middle + 1
    else high = middle - 1
  }
  return -1
}

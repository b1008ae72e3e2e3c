/*
 * The part of a flag's document that the rule builder can show: rules whose
 * conditions are plain comparisons, and who gets what. The rest is edited as
 * text. What a flag may say is the server's business; nothing is checked here.
 */

export type Serve = string | Record<string, number>

export interface Test {
  attribute: string
  op: string
  value: string // as JSON; plain words stand for themselves
}

export interface Rule {
  name?: string
  tests: Test[] | null // null: more than the builder can show
  serve: Serve | null // null: moves with time
  raw: Record<string, unknown>
}

type Json = Record<string, unknown>

export interface State extends Json {
  on?: boolean
  rules?: Json[]
  serve?: Serve
}

export interface Document extends Json {
  variants?: Json
  environments?: Record<string, State>
}

const words = ['all', 'any', 'not', 'attribute']

const isMap = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)

const shown = (v: unknown) => (typeof v === 'string' && !looksJson(v) ? v : JSON.stringify(v))

const looksJson = (text: string) => /^(true|false|null|-?\d|["[{])/.test(text)

/** What somebody typed as a value: JSON where it reads as such, else a text. */
export function valueOf(text: string): unknown {
  const trimmed = text.trim()
  if (!looksJson(trimmed)) return trimmed
  try {
    return JSON.parse(trimmed)
  } catch {
    return trimmed
  }
}

/** The comparisons of a condition; null if it is more than comparisons. */
export function testsOf(condition: unknown): Test[] | null {
  if (!isMap(condition)) return null
  const tests: Test[] = []
  for (const [attribute, value] of Object.entries(condition)) {
    if (words.includes(attribute)) return null
    if (Array.isArray(value)) tests.push({ attribute, op: 'in', value: JSON.stringify(value) })
    else if (isMap(value)) for (const [op, v] of Object.entries(value)) tests.push({ attribute, op, value: shown(v) })
    else tests.push({ attribute, op: 'is', value: shown(value) })
  }
  return tests
}

/** The condition that comparisons make. */
export function conditionOf(tests: Test[]): Json {
  const condition: Json = {}
  for (const { attribute, op, value } of tests) {
    if (!attribute.trim()) continue
    const v = valueOf(value)
    if (attribute === 'segment' || attribute === 'share') condition[attribute] = v
    else {
      const before = condition[attribute]
      condition[attribute] = { ...(isMap(before) ? before : {}), [op]: op === 'in' && !Array.isArray(v) ? [v] : v }
    }
  }
  return condition
}

/** The rules of an environment, as the builder shows them. */
export function rulesOf(state: State | undefined): Rule[] {
  return (state?.rules ?? []).map((raw) => ({
    name: typeof raw.name === 'string' ? raw.name : undefined,
    tests: testsOf(raw.if),
    serve: typeof raw.serve === 'string' || isMap(raw.serve) ? (raw.serve as Serve) : null,
    raw,
  }))
}

/** A document with something else said of an environment. */
export function withState(doc: Document, environment: string, change: Partial<State>): Document {
  const state = { ...doc.environments?.[environment], ...change }
  return { ...doc, environments: { ...doc.environments, [environment]: state } }
}

/** A rule as it stands in the document. */
export function written(rule: Rule): Json {
  const { if: condition, serve, ...rest } = rule.raw
  return {
    ...(rule.name ? { ...rest, name: rule.name } : rest),
    if: rule.tests ? conditionOf(rule.tests) : condition,
    ...(rule.serve === null ? (serve === undefined ? {} : { serve }) : { serve: rule.serve }),
  }
}

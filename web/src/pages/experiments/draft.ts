/*
 * An experiment as it is typed: every field a text, percentages as people say
 * them. What an experiment may be is the server's business; nothing is checked
 * here, and what is no number is sent as it is, so that the server says so.
 */
import type { CreateExperiment, Metric } from '../../api/types'

export interface MetricDraft {
  nth: number // tells rows apart while others come and go
  name: string
  event: string
  kind: Metric['kind']
  per: string
  guard: boolean
  down: boolean
  effect: string // percent
  margin: string // percent
  cap: string
}

export interface Draft {
  flag: string // project/key
  environment: string // empty: the one that is offered first
  control: string // empty: the flag's off variant
  name: string
  owner: string
  hypothesis: string
  metrics: MetricDraft[]
  alpha: string // percent
  users: string
}

/** A metric of which nothing is said yet. */
export function emptyMetric(nth: number): MetricDraft {
  return { nth, name: '', event: '', kind: 'conversion', per: '', guard: false, down: false, effect: '', margin: '', cap: '' }
}

/** An experiment of which no more is said than its flag. */
export function emptyDraft(flag: string): Draft {
  return { flag, environment: '', control: '', name: '', owner: '', hypothesis: '', metrics: [emptyMetric(0)], alpha: '', users: '' }
}

/** The project and the key of "project/key". Without a project it is that of programs which name none. */
export function flagOf(text: string): { project: string; key: string } {
  const trimmed = text.trim()
  const at = trimmed.indexOf('/')
  return at < 0 ? { project: 'default', key: trimmed } : { project: trimmed.slice(0, at), key: trimmed.slice(at + 1) }
}

const said = (text: string) => text.trim() || undefined

/** A number as it was typed, also with a decimal comma, over another; undefined where nothing was, and the text where it is none. */
export function numberOf(text: string, over = 1): number | undefined {
  const typed = text.trim()
  if (typed === '') return undefined
  const number = Number(typed.replace(',', '.')) / over
  return Number.isNaN(number) ? (typed as never) : number
}

const shareOf = (percent: string) => numberOf(percent.replace('%', ''), 100)

function metricOf(m: MetricDraft): Metric {
  return {
    name: m.name.trim(),
    kind: m.kind,
    event: said(m.event),
    per: m.kind === 'ratio' ? said(m.per) : undefined,
    guard: m.guard || undefined,
    down: m.down || undefined,
    effect: m.guard ? undefined : shareOf(m.effect),
    margin: m.guard ? shareOf(m.margin) : undefined,
    cap: numberOf(m.cap),
  }
}

/** What is sent to the server. */
export function bodyOf(d: Draft, environment: string): CreateExperiment {
  return {
    name: d.name.trim(),
    environment,
    flag: flagOf(d.flag).key,
    control: said(d.control),
    owner: said(d.owner),
    hypothesis: d.hypothesis.trim(),
    metrics: d.metrics.map(metricOf),
    alpha: shareOf(d.alpha),
    users: numberOf(d.users),
  }
}

/** The environment that is shown: the wanted one if the flag has it, else production, else its first. */
export function environmentOf(names: string[], wanted: string): string {
  if (names.includes(wanted)) return wanted
  return names.includes('production') ? 'production' : (names[0] ?? '')
}

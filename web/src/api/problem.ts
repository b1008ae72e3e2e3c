import type { components } from './schema'

type Wire = components['schemas']['Problem']

/** An error as the server tells it (RFC 9457), or one of the way there. */
export class Problem extends Error {
  readonly status: number
  readonly kind: string
  readonly hint: string
  readonly fields: { at?: string; text: string }[]

  constructor(status: number, wire: Partial<Wire>) {
    super(wire.detail || wire.title || `The server answered ${status}.`)
    this.name = 'Problem'
    this.status = status
    this.kind = wire.kind ?? 'internal'
    this.hint = wire.hint ?? ''
    this.fields = wire.errors ?? []
  }

  /** What is wrong with one part of what was sent, such as "metrics[0].per". */
  wrongWith(part: string): string | undefined {
    const texts = this.fields.filter((f) => f.at === `body.${part}`).map((f) => f.text)
    return texts.length > 0 ? texts.join('; ') : undefined
  }

  /** Nobody answers: the network, or the server, is away. */
  static away(): Problem {
    return new Problem(0, {
      kind: 'unavailable',
      detail: 'The server does not answer.',
      hint: 'It may be restarting: this page tries again by itself. Services go on meanwhile.',
    })
  }
}

/** Turns whatever was thrown into a Problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof TypeError) return Problem.away()
  return new Problem(0, { detail: error instanceof Error ? error.message : String(error) })
}

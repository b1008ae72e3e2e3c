/** A piece of a line that looks the same throughout. */
export interface Span {
  text: string
  colour?: number // 0 … 15, as terminals number them
  bold?: boolean
  dim?: boolean
  italic?: boolean
  underline?: boolean
}

// What a terminal obeys: CSI, OSC and other strings up to their end, two-byte escapes.
const escapes = /\u001b\[([0-9;:?<=>]*)[ -/]*([@-~])|\u001b[\]PX^_][\s\S]*?(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?|\u009b[0-9;:?]*[@-~]?/g

// What must not reach a page: other control characters, and those that turn the
// direction of text round, so that a line could read otherwise than it is.
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g

/** What a line shows after its last carriage return: progress bars write over themselves. */
function lastWritten(line: string): string {
  const trimmed = line.replace(/\r+$/, '')
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1)
}

/** A line as plain text: what search looks into. */
export function plain(line: string): string {
  return lastWritten(line).replace(escapes, '').replace(unseen, '\ufffd')
}

/**
 * A line in pieces. Colours and weights are kept; everything else that a
 * terminal would obey is dropped, and nothing becomes markup.
 */
export function spans(line: string): Span[] {
  const text = lastWritten(line)
  const out: Span[] = []
  let look: Omit<Span, 'text'> = {}
  let from = 0
  const add = (piece: string) => {
    const clean = piece.replace(unseen, '\ufffd')
    if (clean) out.push({ ...look, text: clean })
  }
  for (const match of text.matchAll(escapes)) {
    add(text.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') look = after(look, match[1] ?? '')
  }
  add(text.slice(from))
  return out
}

/** The look after a "select graphic rendition". */
function after(look: Omit<Span, 'text'>, codes: string): Omit<Span, 'text'> {
  let next = { ...look }
  const list = codes.split(/[;:]/).map((c) => Number(c || '0'))
  for (let i = 0; i < list.length; i++) {
    const c = list[i] ?? 0
    if (c === 0) next = {}
    else if (c === 1) next.bold = true
    else if (c === 2) next.dim = true
    else if (c === 3) next.italic = true
    else if (c === 4) next.underline = true
    else if (c === 22) next = { ...next, bold: undefined, dim: undefined }
    else if (c === 23) next.italic = undefined
    else if (c === 24) next.underline = undefined
    else if (c >= 30 && c <= 37) next.colour = c - 30
    else if (c >= 90 && c <= 97) next.colour = c - 82
    else if (c === 39) next.colour = undefined
    else if (c === 38 || c === 48) {
      // 256 colours or true colour: the nearest that the themes know, or none.
      const n = list[i + 2]
      if (list[i + 1] === 5) {
        if (c === 38 && n !== undefined) next.colour = n < 16 ? n : undefined
        i += 2
      } else if (list[i + 1] === 2) i += 4
    }
  }
  return next
}

import { nothingRead } from '../api/client'
import { isOpen } from '../session/session'

const longest = 250 // ms for which the first picture is held back

const wait = (ms: number) => new Promise<void>((go) => setTimeout(go, ms))

/**
 * Holds the first picture of the page back until what it is about has come, or
 * for a quarter of a second: to paint what waits, and then what came, takes
 * longer than to paint once. What it returns is to be called after rendering.
 */
export function holdBack(root: HTMLElement): () => Promise<void> {
  if (!isOpen()) return () => Promise.resolve() // nothing is read, and the form to log in takes the focus
  root.style.visibility = 'hidden'
  return async () => {
    await Promise.race([nothingRead().then(() => wait(0)), wait(longest)])
    root.style.visibility = ''
  }
}

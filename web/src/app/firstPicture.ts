import { nothingRead } from '../api/client'
import { isOpen } from '../session/session'

const longest = 250 // ms for which the first picture is held back

const wait = (ms: number) => new Promise<void>((go) => setTimeout(go, ms))

/**
 * Draws the page, and holds its first picture back until what it is about has
 * come, or for a quarter of a second: to paint what waits, and then what came,
 * takes longer than to paint once.
 */
export async function firstPicture(root: HTMLElement, draw: () => void): Promise<void> {
  if (!isOpen()) return draw() // nothing is read, and the form to log in takes the focus
  root.style.visibility = 'hidden'
  draw()
  await Promise.race([nothingRead().then(() => wait(0)), wait(longest)])
  root.style.visibility = ''
}

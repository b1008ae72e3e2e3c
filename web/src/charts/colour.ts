const known = new Map<string, string>()

/**
 * The colour that a token of kit/tokens.css has now, as a canvas understands it.
 * dark is part of the question, so that the answer is asked for again when the
 * theme changes.
 */
export function colour(token: string, dark: boolean): string {
  const key = `${token} ${dark}`
  const before = known.get(key)
  if (before) return before
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  document.body.append(probe)
  const value = getComputedStyle(probe).color
  probe.remove()
  known.set(key, value)
  return value
}

/** The same colour, so thin that what lies below shows. */
export function faint(rgb: string, share: number): string {
  return rgb.replace(/^rgb\((.*)\)$/, (_, parts: string) => `rgba(${parts}, ${share})`)
}

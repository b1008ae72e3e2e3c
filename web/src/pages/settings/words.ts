/** The words of a list written with commas, spaces or line ends. */
export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

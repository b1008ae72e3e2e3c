/** Where a flag is shown. A key may hold anything. */
export function flagAddress(project: string, key: string): string {
  return `/flags/${encodeURIComponent(project)}/${encodeURIComponent(key)}`
}

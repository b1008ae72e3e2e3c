/** Where an experiment is shown. */
export function experimentAddress(project: string, name: string): string {
  return `/experiments/${encodeURIComponent(project)}/${encodeURIComponent(name)}`
}

/** Where an experiment is shown. */
export function experimentAddress(project: string, name: string): string {
  return `/experiments/${encodeURIComponent(project)}/${encodeURIComponent(name)}`
}

/** Where an experiment on a flag is planned. */
export function planAddress(project: string, flag: string): string {
  return `/experiments/new?${new URLSearchParams({ project, flag })}`
}

/** What the journal can be narrowed by; it stands in the address, so that it can be shared. */
export const filterNames = ['service', 'environment', 'actor', 'kind', 'since'] as const

export type Filters = Partial<Record<(typeof filterNames)[number], string>>

/** The filters of an address. */
export function filtersOf(search: URLSearchParams): Filters {
  const filters: Filters = {}
  for (const name of filterNames) {
    const value = search.get(name)?.trim()
    if (value) filters[name] = value
  }
  return filters
}

const spans: Record<string, number> = { '1h': 3600, '24h': 86_400, '7d': 7 * 86_400, '30d': 30 * 86_400 }

/** The beginning that a span such as "24h" means; whole minutes, so that it is the same question for a while. */
export function beginning(span: string | undefined, now: number): string | undefined {
  const seconds = spans[span ?? '']
  if (!seconds) return undefined
  return new Date(Math.floor((now - seconds * 1000) / 60_000) * 60_000).toISOString()
}

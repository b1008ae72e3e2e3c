import type { Run } from '../../api/types'

const most = 4

/** Who wrote the last commits: whom to ask about a service. */
export function People({ runs }: { runs: Run[] }) {
  const names = [...new Set(runs.map((r) => r.author).filter(Boolean))]
  if (names.length === 0) return null
  return (
    <>
      {' '}
      · written lately by{' '}
      {names.slice(0, most).map((name, i) => (
        <span key={name}>
          {i > 0 && ', '}
          <bdi>{name}</bdi>
        </span>
      ))}
      {names.length > most && ` and ${names.length - most} more`}
    </>
  )
}

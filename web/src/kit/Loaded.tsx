import type { UseQueryResult } from '@tanstack/preact-query'
import type { ReactNode } from 'preact/compat'
import type { Problem } from '../api/problem'
import { Failure } from './Failure'
import { Loading } from './Loading'

/**
 * Shows what a query has read, or that it is loading, or why it could not be
 * read. What was read before stays when asking again fails: the shell says that
 * the connection is lost. Only what is gone, or forbidden now, goes away.
 */
export function Loaded<T>({ query, what, lines, children }: { query: UseQueryResult<T, Problem>; what: string; lines?: number; children: (data: T) => ReactNode }) {
  const { data, error } = query
  const gone = error && (error.status === 404 || error.status === 403)
  if (data !== undefined && !gone) return <>{children(data)}</>
  if (error) return <Failure error={error} what={what} again={() => void query.refetch()} />
  return <Loading what={what} lines={lines} />
}

import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/preact-query'
import type { ReactNode } from 'preact/compat'
import type { Problem } from '../api/problem'
import { Button } from './Button'
import { Failure } from './Failure'
import { Loading } from './Loading'

interface Props<T> {
  list: UseInfiniteQueryResult<InfiniteData<{ items: T[]; next?: string }>, Problem>
  what: string
  empty: ReactNode
  children: (items: T[]) => ReactNode
}

/** A list that the server pages: loading, failed, empty, or its pages so far and the way to more. */
export function Listed<T>({ list, what, empty, children }: Props<T>) {
  const items = list.data?.pages.flatMap((p) => p.items) ?? []
  if (!list.data) return list.error ? <Failure error={list.error} what={what} again={() => void list.refetch()} /> : <Loading what={what} lines={8} />
  if (items.length === 0) return <>{empty}</>
  return (
    <>
      {children(items)}
      {list.hasNextPage && (
        <div className="more">
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  )
}

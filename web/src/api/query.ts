import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/preact-query'
import { get, write, type Answer, type Loose, type Params, type PathOf } from './client'
import { problemOf, type Problem } from './problem'

interface Options {
  /** Ask again every so many milliseconds; false: only when something happens. */
  every?: number | false
  /** Do not ask now. */
  off?: boolean
  /** Show what was there while the next page loads. */
  keep?: boolean
}

/** Reads a path of the API and keeps it current by what the live stream tells. */
export function useGet<P extends PathOf<'get'>>(path: P, params: Params<P>, options: Options = {}): UseQueryResult<Answer<P>, Problem> {
  const client = useQueryClient()
  const asked = queryOptions<Answer<P>, Problem>({
    queryKey: [path, params],
    queryFn: ({ signal }) =>
      get(path, params, signal).catch((error: unknown) => {
        if (signal.aborted) throw error
        throw problemOf(error)
      }),
  })
  // The first time it is asked at once, not after the page has been painted.
  if (!options.off && !client.getQueryState(asked.queryKey)) void client.prefetchQuery(asked)
  return useQuery<Answer<P>, Problem>({
    ...asked,
    refetchInterval: options.every ?? false,
    enabled: !options.off,
    placeholderData: options.keep ? (keepPreviousData as never) : undefined,
  })
}

interface PageOf<T> {
  items: T[]
  next?: string
}

type ItemOf<A> = A extends { items: (infer T)[] } ? T : never

/** Reads a list page by page; old pages are dropped, so that it stays small. */
export function useList<P extends PathOf<'get'>>(path: P, params: Params<P>) {
  return useInfiniteQuery<PageOf<ItemOf<Answer<P>>>, Problem>({
    queryKey: [path, params, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      get(path, { ...(params as Loose), after: pageParam || undefined } as unknown as Params<P>, signal).catch((error: unknown) => {
        if (signal.aborted) throw error
        throw problemOf(error)
      }) as never,
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })
}

/** Writes to a path; what it changed arrives by the live stream, and at once here. */
export function useWrite<M extends 'post' | 'put' | 'delete', P extends PathOf<M>>(
  method: M,
  path: P,
): UseMutationResult<Answer<P, M>, Problem, { params: Params<P, M>; body?: Parameters<typeof write<M, P>>[3] }> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ params, body }) =>
      write(method, path, params, body).catch((error: unknown) => {
        throw problemOf(error)
      }),
    onSuccess: () => client.invalidateQueries(),
  })
}

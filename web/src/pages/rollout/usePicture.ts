import { useQuery, useQueryClient } from '@tanstack/preact-query'
import { get, type Answer } from '../../api/client'
import { problemOf, type Problem } from '../../api/problem'

export type Picture = Answer<'/rollouts/{rollout}/picture'>
export type Moment = Picture['moments'][number]

/**
 * The picture of a rollout, which goes on every second while the rollout is
 * under way: only what is new is asked for.
 */
export function usePicture(rollout: string, final: boolean) {
  const client = useQueryClient()
  const key = ['/rollouts/{rollout}/picture', { rollout }]
  return useQuery<Picture, Problem>({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const before = client.getQueryData<Picture>(key)
      const after = before?.moments.at(-1)?.at
      const next = await get('/rollouts/{rollout}/picture', { rollout, after, step: after ? before?.step : undefined }, signal).catch((error: unknown) => {
        throw signal.aborted ? error : problemOf(error)
      })
      if (!before || after === undefined || next.step !== before.step || next.exposed !== before.exposed) return next
      return { ...next, moments: [...before.moments.filter((m) => m.at < after), ...next.moments] }
    },
    refetchInterval: final ? false : 1000,
    structuralSharing: false,
  })
}

import { useQuery, useQueryClient } from '@tanstack/preact-query'
import { get, type Answer, type Params } from '../api/client'
import { problemOf, type Problem } from '../api/problem'

type Path = '/rollouts/{rollout}/picture' | '/flags/{project}/{flag}/ramps/{environment}/picture'

/** Two sides over the same seconds: a new version beside the old one, or those with a flag's variant beside the others. */
export type Drawing = Pick<Answer<Path>, 'exposed' | 'step' | 'moments' | 'fresh' | 'stale'>
export type Moment = Drawing['moments'][number]

/**
 * The picture of a rollout or a ramp, which goes on every second while that is
 * under way (not over): only what is new is asked for.
 */
export function usePicture<P extends Path>(path: P, of: Omit<Params<P>, 'after' | 'step'>, over: boolean) {
  const client = useQueryClient()
  const key = [path, of]
  return useQuery<Drawing, Problem>({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const before = client.getQueryData<Drawing>(key)
      const after = before?.moments.at(-1)?.at
      const next: Drawing = await get(path, { ...of, after, step: after ? before?.step : undefined } as unknown as Params<P>, signal).catch((error: unknown) => {
        throw signal.aborted ? error : problemOf(error)
      })
      if (!before || after === undefined || next.step !== before.step || next.exposed !== before.exposed) return next
      return { ...next, moments: [...before.moments.filter((m) => m.at < after), ...next.moments] }
    },
    refetchInterval: over ? false : 1000,
    structuralSharing: false,
  })
}

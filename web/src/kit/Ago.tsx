import { inFull, relative } from '../format/time'
import { useNow } from './useNow'

/** How long ago, or in how long; the whole date is one look away. */
export function Ago({ at }: { at?: string }) {
  const now = useNow()
  if (!at) return null
  return (
    <time dateTime={at} title={inFull(at)}>
      {relative(at, now)}
    </time>
  )
}

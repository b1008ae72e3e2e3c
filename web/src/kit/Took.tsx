import { duration } from '../format/time'
import { useNow } from './useNow'

/** How long something took; while it is not over it counts on. */
export function Took({ from, to }: { from?: string; to?: string }) {
  return to || !from ? <Fixed from={from} to={to} /> : <Ticking from={from} />
}

function Fixed({ from, to }: { from?: string; to?: string }) {
  if (!from || !to) return null
  return <span>{duration((new Date(to).getTime() - new Date(from).getTime()) / 1000)}</span>
}

function Ticking({ from }: { from: string }) {
  const seconds = (useNow() - new Date(from).getTime()) / 1000
  return <span>{duration(seconds < 1 ? seconds : Math.floor(seconds))}</span>
}

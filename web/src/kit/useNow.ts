import { useSyncExternalStore } from 'preact/compat'
import { serverNow } from '../session/session'

let now = serverNow()
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  timer ??= setInterval(() => {
    if (document.visibilityState === 'hidden') return
    now = serverNow()
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(tell)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The server's time, once a second for everybody who asks. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

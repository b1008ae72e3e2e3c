import { useSyncExternalStore } from 'preact/compat'
import type { Event } from '../api/types'
import { sessionAgain } from '../session/again'
import { hasEnded } from '../session/session'

/*
 * One connection for all tabs: browsers allow six to a server. The tab that
 * holds the lock has the connection and passes on what comes; when it closes,
 * the next tab takes over from the last event that it has seen, so nothing is
 * missed. Where there are no locks (the page is not served over TLS), each tab
 * has its own.
 */

export type LiveState = 'connecting' | 'open' | 'lost'

type Heard = { type: 'event'; event: Event } | { type: 'state'; state: LiveState } | { type: 'who' } | { type: 'again' }

let state: LiveState = 'connecting'
let last = -1 // number of the last event that is known; -1: none yet
let source: EventSource | null = null
let retry: ReturnType<typeof setTimeout> | undefined
let leading = false
let started = false
let asked = false // people were asked to log in again, and would not
const stateListeners = new Set<() => void>()
const eventListeners = new Set<(e: Event | null) => void>()
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('davit-live') : null

function become(next: LiveState) {
  if (next === state) return
  state = next
  for (const tell of stateListeners) tell()
}

function hear(event: Event) {
  if (event.seq <= last) return
  last = event.seq
  for (const tell of eventListeners) tell(event)
}

/** Something may have been missed: everything on the page is asked for again. */
function missed() {
  for (const tell of eventListeners) tell(null)
}

function connect() {
  clearTimeout(retry)
  source?.close()
  const fresh = last < 0
  source = new EventSource(`/api/v1/events?after=${last}`)
  source.onopen = () => {
    asked = false
    become('open')
    channel?.postMessage({ type: 'state', state: 'open' } satisfies Heard)
    if (!fresh) return
    missed()
    channel?.postMessage({ type: 'again' } satisfies Heard)
  }
  source.addEventListener('event', (m: MessageEvent<string>) => {
    const event = JSON.parse(m.data) as Event
    hear(event)
    channel?.postMessage({ type: 'event', event } satisfies Heard)
  })
  source.onerror = () => {
    become('lost')
    channel?.postMessage({ type: 'state', state: 'lost' } satisfies Heard)
    // The browser comes back by itself after a lost connection, not after a
    // refusal: then we do, with what we have seen last.
    if (source?.readyState === EventSource.CLOSED) retry = setTimeout(() => void comeBack(), 1500 + Math.random() * 1500)
  }
}

/** Comes back after a refusal, of which nothing is known. If the session has ended, people log in again first, or not: they are asked once. */
async function comeBack() {
  if (!asked && (await hasEnded())) {
    asked = true
    await sessionAgain().catch(() => undefined)
  }
  connect()
}

function lead() {
  leading = true
  connect()
}

/** Begins to listen; once for the life of the page. */
export function startLive(): void {
  if (started) return
  started = true
  if (!channel || !('locks' in navigator)) {
    lead()
    return
  }
  channel.onmessage = (m: MessageEvent<Heard>) => {
    const heard = m.data
    if (heard.type === 'who') {
      if (leading) channel.postMessage({ type: 'state', state } satisfies Heard)
    } else if (heard.type === 'state') become(heard.state)
    else if (heard.type === 'event') hear(heard.event)
    else missed()
  }
  channel.postMessage({ type: 'who' } satisfies Heard)
  void navigator.locks.request('davit-live', () => {
    lead()
    return new Promise(() => undefined) // until this tab closes
  })
  // A tab that slept may have slept through messages.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && !leading) missed()
  })
}

/** Starts anew, as somebody else. */
export function restartLive(): void {
  if (leading) connect()
}

/** Calls tell with each event; with null when some may have been missed. */
export function onEvent(tell: (e: Event | null) => void): () => void {
  eventListeners.add(tell)
  return () => eventListeners.delete(tell)
}

const subscribe = (tell: () => void) => {
  stateListeners.add(tell)
  return () => stateListeners.delete(tell)
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, () => state)
}

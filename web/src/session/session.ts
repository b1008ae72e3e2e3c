import { useSyncExternalStore } from 'preact/compat'
import { Problem } from '../api/problem'

/** Who looks at the page, as the server says. */
export interface Session {
  open: boolean
  name?: string
  role?: Role
  expires?: string
  now: string
  version: string
}

export type Role = 'viewer' | 'deployer' | 'admin'

interface State {
  session: Session | null // null: not asked yet
  problem: Problem | null // why it could not be asked
  asking: boolean // it ended while the page was in use: log in again where you are
}

let state: State = { session: null, problem: null, asking: false }
let skew = 0 // the server's clock minus this one's, in milliseconds
const listeners = new Set<() => void>()

function become(next: Partial<State>) {
  state = { ...state, ...next }
  for (const tell of listeners) tell()
}

const header = { 'X-Davit-Page': '1', 'Content-Type': 'application/json' }

async function ask(init: RequestInit): Promise<Session> {
  let answer: Response
  const before = Date.now()
  try {
    answer = await fetch('/session', { credentials: 'same-origin', ...init })
  } catch {
    throw Problem.away()
  }
  const body = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Problem(answer.status, body)
  const session = body as Session
  skew = new Date(session.now).getTime() - (before + Date.now()) / 2
  return session
}

/** Asks the server who we are. */
export async function loadSession(): Promise<void> {
  try {
    become({ session: await ask({}), problem: null })
  } catch (error) {
    become({ problem: error as Problem })
  }
}

/** Asks the server whether the session has ended; false where it cannot be asked. */
export async function hasEnded(): Promise<boolean> {
  return ask({}).then(
    (now) => !now.open,
    () => false,
  )
}

/** Opens a session with a token, or with the code of a link. */
export async function logIn(secret: { token?: string; code?: string }): Promise<void> {
  const before = state.session?.name
  const session = await ask({ method: 'POST', headers: header, body: JSON.stringify(secret) })
  become({ session, problem: null, asking: false })
  for (const { go, stop } of waiting.splice(0)) {
    if (before === undefined || before === session.name) go()
    else stop(new Problem(409, { detail: `You are ${session.name} now, and began this as ${before}.`, hint: 'Look at it once more and press again.' }))
  }
}

/** Ends the session, here and on the server. */
export async function logOut(): Promise<void> {
  become({ session: await ask({ method: 'DELETE', headers: header }), asking: false })
}

const waiting: { go: () => void; stop: (p: Problem) => void }[] = []

/** Asks people to log in again; resolves when they have. */
export function sessionOver(): Promise<void> {
  if (!state.session?.open) {
    return Promise.reject(new Problem(401, { kind: 'unauthenticated', detail: 'You are not logged in.' }))
  }
  become({ asking: true })
  return new Promise((go, stop) => waiting.push({ go, stop }))
}

/** Gives up logging in again; what waits for it fails. */
export function giveUp(): void {
  become({ asking: false })
  for (const { stop } of waiting.splice(0)) stop(new Problem(401, { kind: 'unauthenticated', detail: 'You are not logged in any more.' }))
}

/** The server's clock: what this browser's says may be wrong. */
export function serverNow(): number {
  return Date.now() + skew
}

/** Whether there is a session, as far as is known. */
export function isOpen(): boolean {
  return state.session?.open ?? false
}

const subscribe = (tell: () => void) => {
  listeners.add(tell)
  return () => listeners.delete(tell)
}

export function useSession(): State {
  return useSyncExternalStore(subscribe, () => state)
}

const ranks: Record<Role, number> = { viewer: 1, deployer: 2, admin: 3 }

/**
 * Whether the role of the session includes another. It decides what is shown
 * only; what is possible is decided by the server.
 */
export function useMay(role: Role): boolean {
  const own = useSession().session?.role
  return own !== undefined && ranks[own] >= ranks[role]
}

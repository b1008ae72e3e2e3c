import { sessionOver } from './session'

let pending: Promise<void> | null = null

/** Logging in again, once for all requests that wait for it. */
export function sessionAgain(): Promise<void> {
  pending ??= sessionOver().finally(() => {
    pending = null
  })
  return pending
}

import { sessionAgain } from '../session/again'
import { Problem } from './problem'
import type { paths } from './schema'

const base = '/api/v1'

/** Header of every write: a form of another site cannot send it. */
export const pageHeader = { 'X-Davit-Page': '1' }

type Method = 'get' | 'post' | 'put' | 'delete'

/** Paths of the API that have a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never
}[keyof paths]

type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never

type Content<R> = R extends { content: { 'application/json': infer T } } ? T : never

/** What a path answers when all is well. */
export type Answer<P extends keyof paths, M extends Method = 'get'> =
  Operation<P, M> extends { responses: infer R } ? Content<R[Extract<keyof R, 200 | 201 | 202>]> : never

type Part<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>

type ParametersOf<O> = O extends { parameters: { path?: infer A; query?: infer Q } } ? Part<A> & Part<Q> : unknown

/** The parameters of a path: those in braces and those of the query, in one. */
export type Params<P extends keyof paths, M extends Method = 'get'> = Simplify<ParametersOf<Operation<P, M>>>

type Simplify<T> = { [K in keyof T]: T[K] }

type BodyOf<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: { content: { 'application/json': infer B } } } ? B : undefined

export type Loose = Record<string, string | number | boolean | undefined | null>

/** Fills the braces of a path and puts the rest into the query. */
export function address(path: string, params: Loose = {}): string {
  const query = new URLSearchParams()
  let filled = path
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null || value === '') continue
    const hole = `{${name}}`
    if (filled.includes(hole)) filled = filled.replace(hole, encodeURIComponent(String(value)))
    else query.set(name, String(value))
  }
  const text = query.toString()
  return base + filled + (text ? `?${text}` : '')
}

async function send(url: string, init: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(url, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw Problem.away()
  }
  if (answer.ok) return answer
  const wire = await answer.json().catch(() => ({}))
  throw new Problem(answer.status, wire)
}

/**
 * Sends a request. When the session has ended meanwhile, people are asked to
 * log in again where they are, and the request goes on after that: a form
 * that was being filled in loses nothing.
 */
async function request<T>(url: string, init: RequestInit): Promise<T> {
  try {
    return (await (await send(url, init)).json()) as T
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error
    await sessionAgain()
    return (await (await send(url, init)).json()) as T
  }
}

let reading = 0 // reads under way
const quiet: (() => void)[] = [] // who waits for none to be

/** Reads one thing. */
export async function get<P extends PathOf<'get'>>(path: P, params: Params<P>, signal?: AbortSignal): Promise<Answer<P>> {
  reading++
  try {
    return await request<Answer<P>>(address(path as string, params as Loose), { signal })
  } finally {
    if (--reading === 0) for (const go of quiet.splice(0)) go()
  }
}

/** Resolves when nothing is being read. */
export function nothingRead(): Promise<void> {
  return reading === 0 ? Promise.resolve() : new Promise((go) => quiet.push(go))
}

/** Writes. Each write carries its own key, so that sending it again does not do it again. */
export function write<M extends 'post' | 'put' | 'delete', P extends PathOf<M>>(
  method: M,
  path: P,
  params: Params<P, M>,
  body?: BodyOf<P, M>,
): Promise<Answer<P, M>> {
  const headers: Record<string, string> = { ...pageHeader, 'Idempotency-Key': newKey() }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  return request(address(path as string, params as Loose), {
    method: method.toUpperCase(),
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}

/** A fresh key; randomUUID is missing where the page is not served over TLS. */
function newKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(random, (b) => b.toString(16).padStart(2, '0')).join('')
}

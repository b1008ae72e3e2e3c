import { useQueryClient } from '@tanstack/preact-query'
import { useEffect } from 'preact/compat'
import type { Event } from '../api/types'
import { onEvent } from './stream'
import { touches } from './touches'

const gather = 250 // ms that events are gathered before the page asks again
const most = 500 // events gathered; beyond that all is asked for

/** Keeps what is on the page current: what an event touches is asked for again. */
export function useLiveQueries(): void {
  const client = useQueryClient()
  useEffect(() => {
    let events: Event[] = []
    let all = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      timer = undefined
      const heard = events
      const everything = all
      events = []
      all = false
      void client.invalidateQueries({
        predicate: (query) => everything || heard.some((e) => touches(query.queryKey, e)),
      })
    }
    const stop = onEvent((e) => {
      if (e && events.length < most) events.push(e)
      else all = true
      timer ??= setTimeout(flush, gather)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [client])
}

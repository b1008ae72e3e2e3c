import { QueryClient, QueryClientProvider } from '@tanstack/preact-query'
import { useEffect, useState } from 'preact/compat'
import { problemOf } from '../api/problem'
import { restartLive, startLive } from '../live/stream'
import { useLiveQueries } from '../live/useLiveQueries'
import { LoginAgain } from '../session/LoginAgain'
import { LoginPage } from '../session/LoginPage'
import { useSession } from '../session/session'
import { Away } from './Away'
import { Routes } from './Routes'
import { Shell } from './Shell'

function newClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // What happens comes by the live stream; asking again on focus would
        // only double that. What nobody looks at is dropped after a while.
        staleTime: 30_000,
        gcTime: 120_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => {
          const { status } = problemOf(error)
          return (status === 0 || status >= 500) && failures < 3
        },
        retryDelay: (n) => Math.min(500 * 2 ** n, 5000),
      },
      mutations: { retry: false },
    },
  })
}

/** The page. */
export function App() {
  const { session, problem } = useSession()
  if (!session) return problem ? <Away problem={problem} /> : null
  if (!session.open) return <LoginPage />
  return <Inside key={session.name} />
}

/** What people see who are logged in. It begins anew for somebody else. */
function Inside() {
  const [client] = useState(newClient)
  const { asking } = useSession()
  useEffect(() => {
    startLive()
    restartLive()
  }, [])
  return (
    <QueryClientProvider client={client}>
      <Live />
      <Shell>
        <Routes />
      </Shell>
      {asking && <LoginAgain />}
    </QueryClientProvider>
  )
}

function Live() {
  useLiveQueries()
  return null
}

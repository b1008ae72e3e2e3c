import { useEffect } from 'preact/compat'
import type { Problem } from '../api/problem'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { loadSession } from '../session/session'

/** The server does not answer, and there is nothing yet that could be shown. */
export function Away({ problem }: { problem: Problem }) {
  useEffect(() => {
    document.title = 'Davit does not answer'
    const timer = setInterval(() => void loadSession(), 3000)
    return () => clearInterval(timer)
  }, [])
  return (
    <main>
      <Empty title={problem.message} action={<Button onClick={() => void loadSession()}>Try now</Button>}>
        {problem.hint}
      </Empty>
    </main>
  )
}

import { problemOf } from '../api/problem'
import { useSession } from '../session/session'
import { Button } from './Button'
import { Empty } from './Empty'
import { Anchor } from './Anchor'

/** Something could not be shown: why, and what to do. Also for what one may not see. */
export function Failure({ error, again, what }: { error: unknown; again?: () => void; what: string }) {
  const problem = problemOf(error)
  const { session } = useSession()
  if (problem.status === 403) {
    return (
      <Empty title={`You may not see ${what}`}>
        {problem.message} You are {session?.name} ({session?.role}). {problem.hint}
      </Empty>
    )
  }
  if (problem.status === 404) {
    return (
      <Empty title={`Not found: ${what}`} action={<Anchor to="/services">Go to the services</Anchor>}>
        {problem.message}. It may have been removed, or the address may be mistyped. Press / to search.
      </Empty>
    )
  }
  return (
    <Empty title={`Could not load ${what}`} action={again && <Button onClick={again}>Try again</Button>}>
      <span role="alert">
        {problem.message} {problem.hint}
      </span>
    </Empty>
  )
}

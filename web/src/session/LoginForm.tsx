import { useState } from 'preact/compat'
import { problemOf, type Problem } from '../api/problem'
import { Button } from '../kit/Button'
import { Field } from '../kit/Field'
import { Notice } from '../kit/Notice'
import { logIn } from './session'
import css from './login.module.css'

/** Asks for a token and opens a session with it. */
export function LoginForm({ autoFocus = true }: { autoFocus?: boolean }) {
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  return (
    <form
      className={css.form}
      onSubmit={(e) => {
        e.preventDefault()
        if (!token.trim()) return
        setBusy(true)
        setProblem(null)
        logIn({ token: token.trim() })
          .catch((error: unknown) => setProblem(problemOf(error)))
          .finally(() => setBusy(false))
      }}
    >
      <Field label="Token" hint="It starts with dvt_. The browser gets a session; the token itself is not kept here.">
        {(id, described) => (
          <input
            id={id}
            aria-describedby={described}
            type="password"
            value={token}
            onChange={(e) => setToken(e.currentTarget.value)}
            autoComplete="current-password"
            spellcheck={false}
            autoFocus={autoFocus}
            placeholder="dvt_…"
          />
        )}
      </Field>
      {problem && <Notice tone="bad" title={problem.message} text={problem.hint} />}
      <Button kind="primary" type="submit" busy={busy} disabled={!token.trim()}>
        Log in
      </Button>
    </form>
  )
}

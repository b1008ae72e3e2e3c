import { useEffect, useState } from 'preact/compat'
import { problemOf, type Problem } from '../api/problem'
import { Notice } from '../kit/Notice'
import { LoginForm } from './LoginForm'
import { logIn } from './session'
import css from './login.module.css'

/** The code of a link, taken out of the address so that it is not shared by accident. */
function takeCode(): string {
  const code = new URLSearchParams(window.location.hash.slice(1)).get('code') ?? ''
  if (code) window.history.replaceState(null, '', window.location.pathname + window.location.search)
  return code
}

/** What people see who are not logged in. */
export function LoginPage() {
  const [problem, setProblem] = useState<Problem | null>(null)
  useEffect(() => {
    document.title = 'Log in · Davit'
    const use = () => {
      const code = takeCode()
      if (code) logIn({ code }).catch((error: unknown) => setProblem(problemOf(error)))
    }
    use()
    window.addEventListener('hashchange', use) // a link pasted into this very tab
    return () => window.removeEventListener('hashchange', use)
  }, [])
  return (
    <main className={css.page}>
      <div className={css.box}>
        <div className={css.mark}>
          <img src="/icon.svg" alt="" />
          Davit
        </div>
        <h1>Log in</h1>
        {problem && <Notice tone="bad" title={problem.message} text={problem.hint} />}
        <LoginForm />
        <div className={css.other}>
          <p>
            On the server’s machine, <code>davit open</code> opens this page without asking.
          </p>
          <p>
            Elsewhere, an admin makes you a token: <code>davit token create NAME --role deployer</code>
          </p>
        </div>
      </div>
    </main>
  )
}

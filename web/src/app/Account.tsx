import { useEffect, useRef } from 'preact/compat'
import { timeZone } from '../format/time'
import { Ago } from '../kit/Ago'
import { Button } from '../kit/Button'
import { Icon } from '../kit/Icon'
import { logOut, useSession } from '../session/session'
import css from './Account.module.css'

const may = {
  viewer: 'You may look at everything.',
  deployer: 'You may look, deploy, hold, promote and take back.',
  admin: 'You may do everything.',
}

/** Who one is here, and the way out. */
export function Account() {
  const { session } = useSession()
  const ref = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const close = (e: MouseEvent | KeyboardEvent) => {
      const menu = ref.current
      if (!menu?.open) return
      if (e instanceof KeyboardEvent ? e.key === 'Escape' : !menu.contains(e.target as Node)) menu.open = false
    }
    document.addEventListener('click', close)
    document.addEventListener('keydown', close)
    return () => {
      document.removeEventListener('click', close)
      document.removeEventListener('keydown', close)
    }
  }, [])
  if (!session?.role) return null
  return (
    <details className={css.account} ref={ref}>
      <summary aria-label={`Logged in as ${session.name}`}>
        <Icon name="user" />
      </summary>
      <div className={css.menu}>
        <div>
          <div className={css.name}>{session.name}</div>
          <div className={css.small}>
            {session.role}. {may[session.role]}
          </div>
        </div>
        <div className={css.small}>
          Times are in {timeZone}. The session ends <Ago at={session.expires} /> if it is not used.
        </div>
        <div className={css.small}>Davit {session.version}</div>
        <Button icon="out" onClick={() => void logOut()}>
          Log out
        </Button>
      </div>
    </details>
  )
}

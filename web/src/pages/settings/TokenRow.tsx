import { Ago } from '../../kit/Ago'
import { Button } from '../../kit/Button'
import type { Token } from './TokensPart'
import css from './settings.module.css'

/** One token: whose it is, what it may do, how long, and when it was used last. */
export function TokenRow({ token: t, onRevoke }: { token: Token; onRevoke: () => void }) {
  return (
    <li className={css.channel}>
      <div className={css.what}>
        <div className={css.name}>
          <b className={css.word}>{t.name}</b>
          <span>
            {t.role}
            {t.flags && t.flags.length > 0 && <> for {t.flags.join(', ')}</>}
          </span>
        </div>
        <div className={css.quiet}>
          made <Ago at={t.created} /> · {t.last_used ? <>used <Ago at={t.last_used} /></> : 'never used'} · {t.expires ? <>ends <Ago at={t.expires} /></> : 'good until it is revoked'}
        </div>
      </div>
      <Button onClick={onRevoke} aria-label={`Revoke ${t.name}`}>
        Revoke
      </Button>
    </li>
  )
}

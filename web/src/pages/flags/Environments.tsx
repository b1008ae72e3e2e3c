import { useState } from 'preact/compat'
import { count, percent } from '../../format/number'
import { Ago } from '../../kit/Ago'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { useMay } from '../../session/session'
import type { FlagDetail } from './FlagPage'
import { ShareDialog } from './ShareDialog'
import { TurnDialog, type Turn } from './TurnDialog'
import css from './flags.module.css'

type Environment = FlagDetail['environments'][number]

/** What a flag does in each environment, who got what, and the switches. */
export function Environments({ flag }: { flag: FlagDetail }) {
  const [turn, setTurn] = useState<{ what: Turn; environment: string } | null>(null)
  const [share, setShare] = useState<string | null>(null)
  const may = useMay('deployer')
  return (
    <Panel title="Environments" flush>
      {flag.environments.length === 0 && <Empty small>It is off everywhere: no environment is named in it yet.</Empty>}
      <ul className={css.rows} aria-label="Environments">
        {flag.environments.map((e) => (
          <li key={e.name} className={css.row}>
            <div className={css.what}>
              <div className={css.name}>
                <b>{e.name}</b> <State of={e.on ? 'passed' : 'skipped'} text={e.on ? 'on' : 'off'} />
              </div>
              <div>{e.does}</div>
              <Given environment={e} />
            </div>
            {may && (
              <div className={css.buttons}>
                {e.on ? (
                  <>
                    <Button onClick={() => setShare(e.name)} aria-label={`Change shares in ${e.name}`}>
                      Change shares
                    </Button>
                    <Button onClick={() => setTurn({ what: 'off', environment: e.name })} aria-label={`Turn off in ${e.name}`}>
                      Turn off
                    </Button>
                    <Button kind="harm" onClick={() => setTurn({ what: 'kill', environment: e.name })} aria-label={`Kill in ${e.name}`}>
                      Kill
                    </Button>
                  </>
                ) : (
                  <Button onClick={() => setTurn({ what: 'on', environment: e.name })} aria-label={`Turn on in ${e.name}`}>
                    Turn on
                  </Button>
                )}
              </div>
            )}
          </li>
        ))}
      </ul>
      {turn && <TurnDialog flag={flag} {...turn} onClose={() => setTurn(null)} />}
      {share && <ShareDialog flag={flag} environment={share} onClose={() => setShare(null)} />}
    </Panel>
  )
}

/** Who got what, as counted: the split as it really is. */
function Given({ environment: e }: { environment: Environment }) {
  const given = Object.entries(e.given ?? {}).sort(([, a], [, b]) => b - a)
  const all = given.reduce((sum, [, n]) => sum + n, 0)
  if (all === 0) return <div className={css.quiet}>Nobody has asked for it yet.</div>
  return (
    <div className={css.given}>
      <div className={css.bar} aria-hidden="true">
        {given.map(([variant, n], i) => (
          <span key={variant} data-nth={i % 4} style={{ flexGrow: n }} />
        ))}
      </div>
      <div className={css.quiet}>
        {given.map(([variant, n]) => `${percent(n / all)} got ${variant} (${count(n)})`).join(' · ')}; asked {count(e.asked)} times, last <Ago at={e.last} />
      </div>
    </div>
  )
}

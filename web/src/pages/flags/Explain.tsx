import { useState } from 'preact/compat'
import { useGet } from '../../api/query'
import { Button } from '../../kit/Button'
import { Field } from '../../kit/Field'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import type { FlagDetail } from './FlagPage'
import css from './flags.module.css'

/** Says what somebody gets and why, rule by rule. */
export function Explain({ flag }: { flag: FlagDetail }) {
  const [environment, setEnvironment] = useState((flag.environments.find((e) => e.name === 'production') ?? flag.environments.at(-1))?.name ?? 'production')
  const [context, setContext] = useState('{"targetingKey": "user-1"}')
  const [asked, setAsked] = useState<{ environment: string; context: string } | null>(null)
  return (
    <Panel title="Who gets what, and why">
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault()
          setAsked({ environment, context })
        }}
      >
        <div className={css.fields}>
          <Field label="Environment">
            {(id) => (
              <select id={id} value={environment} onChange={(e) => setEnvironment(e.currentTarget.value)}>
                {flag.environments.map((e) => (
                  <option key={e.name}>{e.name}</option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Who asks" hint="The context that a program would send, as JSON">
            {(id, described) => <input id={id} aria-describedby={described} className={css.mono} value={context} onChange={(e) => setContext(e.currentTarget.value)} spellcheck={false} autoCapitalize="off" maxLength={3000} />}
          </Field>
        </div>
        <Button type="submit">Explain</Button>
      </form>
      {asked && <Explained flag={flag} {...asked} />}
    </Panel>
  )
}

function Explained({ flag, environment, context }: { flag: FlagDetail; environment: string; context: string }) {
  const query = useGet('/flags/{project}/{flag}/explain', { project: flag.project, flag: flag.key, environment, context })
  return (
    <div className={css.explained} role="status">
      <Loaded query={query} what="the explanation" lines={3}>
        {(x) => (
          <>
            <p>
              <b>{x.variant ?? 'the program’s own default'}</b>: {x.text}
            </p>
            <ol className={css.asked}>
              {x.lines.map((line, i) => (
                <li key={i} style={{ marginLeft: `${line.depth * 20}px` }}>
                  <State of={line.held ? 'passed' : 'skipped'} text={line.decides ? 'decides' : line.held ? 'holds' : 'does not hold'} /> {line.what}
                  {line.why && <span className={css.quiet}> {line.why}</span>}
                </li>
              ))}
            </ol>
            {!x.portable && <p className={css.quiet}>Only the server can evaluate this flag: clients that evaluate by themselves use their own default.</p>}
          </>
        )}
      </Loaded>
    </div>
  )
}

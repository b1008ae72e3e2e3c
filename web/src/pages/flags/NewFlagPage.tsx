import { useState } from 'preact/compat'
import { useLocation } from 'wouter-preact'
import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Field } from '../../kit/Field'
import { Mistakes } from '../../kit/Mistakes'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { flagAddress } from './address'
import css from './flags.module.css'

const kinds = {
  release: 'release: a feature on its way to everybody',
  experiment: 'experiment: which of two is better',
  operational: 'operational: for a few days',
  'kill-switch': 'kill switch: stays, to take something away',
  permission: 'permission: stays, for some',
}

/** Makes a flag that is off everywhere; its rules come after. */
export default function NewFlagPage() {
  const create = useWrite('post', '/flags')
  const [, go] = useLocation()
  const [project, setProject] = useState('default')
  const [key, setKey] = useState('')
  const [kind, setKind] = useState('release')
  const [owner, setOwner] = useState('')
  const [purpose, setPurpose] = useState('')
  const [environments, setEnvironments] = useState('staging, production')
  const send = () => {
    const names = environments.split(/[\s,]+/).filter(Boolean)
    const document = JSON.stringify({ kind, owner: owner.trim(), purpose: purpose.trim(), environments: Object.fromEntries(names.map((n) => [n, { on: false }])) })
    create.mutate({ params: {}, body: { project: project.trim(), key: key.trim(), document } }, { onSuccess: () => go(flagAddress(project.trim(), key.trim())) })
  }
  return (
    <Page>
      <PageHead title="Make a flag" crumbs={[{ text: 'Flags', to: '/flags' }]} sub="It is off everywhere at first, so nothing changes for anybody." />
      <Panel title="What it is">
        <form
          className={css.form}
          onSubmit={(e) => {
            e.preventDefault()
            send()
          }}
        >
          <div className={css.fields}>
            <Field label="Key" hint="As programs ask for it">
              {(id, described) => <input id={id} aria-describedby={described} value={key} onChange={(e) => setKey(e.currentTarget.value)} required maxLength={200} autoCapitalize="off" spellcheck={false} />}
            </Field>
            <Field label="Project">{(id) => <input id={id} value={project} onChange={(e) => setProject(e.currentTarget.value)} required maxLength={63} autoCapitalize="off" spellcheck={false} />}</Field>
            <Field label="Kind" hint="It decides how long the flag should live.">
              {(id, described) => (
                <select id={id} aria-describedby={described} value={kind} onChange={(e) => setKind(e.currentTarget.value)}>
                  {Object.entries(kinds).map(([of, text]) => (
                    <option key={of} value={of}>
                      {text}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label="Owner" hint="A person or a team">
              {(id, described) => <input id={id} aria-describedby={described} value={owner} onChange={(e) => setOwner(e.currentTarget.value)} required />}
            </Field>
            <Field label="Environments" hint="With commas">
              {(id, described) => <input id={id} aria-describedby={described} value={environments} onChange={(e) => setEnvironments(e.currentTarget.value)} autoCapitalize="off" spellcheck={false} />}
            </Field>
          </div>
          <Field label="What it is for" hint="One sentence">
            {(id, described) => <input id={id} aria-describedby={described} value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)} required />}
          </Field>
          <Mistakes of={create.error} />
          <Button kind="primary" type="submit" busy={create.isPending}>
            Make it
          </Button>
        </form>
      </Panel>
    </Page>
  )
}

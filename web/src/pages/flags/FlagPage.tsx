import { useState } from 'preact/compat'
import { useGet } from '../../api/query'
import type { Answer } from '../../api/client'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Button } from '../../kit/Button'
import { Loaded } from '../../kit/Loaded'
import { Notice } from '../../kit/Notice'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { useMay } from '../../session/session'
import { flagAddress } from './address'
import { Editor } from './Editor'
import { Environments } from './Environments'
import { Explain } from './Explain'
import { Health } from './Health'
import { History } from './History'
import { Proposals } from './Proposals'
import { Ramps } from './Ramps'
import { RemoveFlag } from './RemoveFlag'
import { Tried } from './Tried'
import css from './flags.module.css'

export type FlagDetail = Answer<'/flags/{project}/{flag}'>

/** One flag: what it does where, its rules, why somebody gets what they get, and what it was before. */
export default function FlagPage({ project = '', flag = '' }: { project?: string; flag?: string }) {
  const query = useGet('/flags/{project}/{flag}', { project, flag: decodeURIComponent(flag) })
  return (
    <Page>
      <Loaded query={query} what={`the flag ${flag}`} lines={8}>
        {(f) => <Body flag={f} />}
      </Loaded>
    </Page>
  )
}

function Body({ flag: f }: { flag: FlagDetail }) {
  const [editing, setEditing] = useState(false)
  const [removing, setRemoving] = useState(false)
  const may = useMay('deployer')
  return (
    <>
      <PageHead
        title={f.key}
        crumbs={[{ text: 'Flags', to: '/flags' }]}
        state={<Health flag={f} />}
        sub={
          <>
            <bdi>{f.purpose}</bdi>
            <br />
            {f.kind} flag of <bdi>{f.owner}</bdi>, in {f.project}; made <Ago at={f.created} />, version {f.version} changed <Ago at={f.changed} />
          </>
        }
        actions={
          may &&
          !editing && (
            <>
              <Button onClick={() => setEditing(true)}>Edit</Button>
              <Button onClick={() => setRemoving(true)}>Remove</Button>
            </>
          )
        }
      />
      {f.stale && f.stale.length > 0 && <Notice tone="wait" title={`It should go: ${f.stale.join('; ')}`} text={f.keep ? `Everybody gets “${f.keep}”: keep that in the code and take the flag out, then remove it here.` : 'Take it out of the code, then remove it here.'} />}
      {f.drift && f.drift.length > 0 && <Notice tone="wait" title={`It differs from ${f.file ?? 'its file'}`} text={f.drift.join('\n')} />}
      <Proposals flag={f} />
      {editing ? <Editor flag={f} onClose={() => setEditing(false)} /> : <Environments flag={f} />}
      {!editing && <Ramps flag={f} />}
      <Tried flag={f} />
      <Connected flag={f} />
      <Explain flag={f} />
      <History flag={f} />
      {removing && <RemoveFlag flag={f} onClose={() => setRemoving(false)} />}
    </>
  )
}

/** What it needs and what needs it; nothing where it stands alone. */
function Connected({ flag: f }: { flag: FlagDetail }) {
  const lists: [string, string[], (name: string) => string][] = [
    ['Needs', f.needs ?? [], (name) => flagAddress(f.project, name)],
    ['Needed by', f.needed_by ?? [], (name) => flagAddress(f.project, name)],
    ['Asks for segments', f.segments ?? [], () => `/segments/${f.project}`],
  ]
  if (lists.every(([, names]) => names.length === 0)) return null
  return (
    <Panel title="Connected with">
      <dl className={css.facts}>
        {lists.map(
          ([title, names, to]) =>
            names.length > 0 && (
              <div key={title}>
                <dt>{title}</dt>
                <dd>
                  <ul className={css.inline}>
                    {names.map((name) => (
                      <li key={name}>
                        <Anchor to={to(name)}>{name}</Anchor>
                      </li>
                    ))}
                  </ul>
                </dd>
              </div>
            ),
        )}
      </dl>
    </Panel>
  )
}

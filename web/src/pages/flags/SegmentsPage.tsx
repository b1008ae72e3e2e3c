import { useState } from 'preact/compat'
import { useGet, useWrite } from '../../api/query'
import type { Answer } from '../../api/client'
import { count } from '../../format/number'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Field } from '../../kit/Field'
import { Loaded } from '../../kit/Loaded'
import { Mistakes } from '../../kit/Mistakes'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { useMay } from '../../session/session'
import { RemoveSegment } from './RemoveSegment'
import css from './flags.module.css'

type Segment = Answer<'/segments/{project}'>['items'][number]

/** The named sets of users of a project, and what asks for them. */
export default function SegmentsPage({ project = '' }: { project?: string }) {
  const segments = useGet('/segments/{project}', { project })
  const [form, setForm] = useState<Segment | 'new' | null>(null)
  const [removed, setRemoved] = useState<Segment | null>(null)
  const may = useMay('deployer')
  return (
    <Page>
      <PageHead title="Segments" crumbs={[{ text: 'Flags', to: '/flags' }]} sub={`Named sets of users that any flag of ${project} may ask for.`} actions={may && !form && <Button onClick={() => setForm('new')}>Make a segment</Button>} />
      {form && <SegmentForm key={form === 'new' ? '' : form.name} project={project} segment={form === 'new' ? undefined : form} onClose={() => setForm(null)} />}
      <Panel title={`Segments of ${project}`} flush>
        <Loaded query={segments} what="the segments" lines={4}>
          {(page) =>
            page.items.length > 0 ? (
              <ul className={css.rows} aria-label="Segments">
                {page.items.map((s) => (
                  <li key={s.name} className={css.row}>
                    <div className={css.what}>
                      <b>{s.name}</b>
                      <div className={css.quiet}>
                        <bdi>{s.purpose}</bdi> {count(s.included)} listed as in, {count(s.excluded)} as out · {s.users.length > 0 ? `asked for by ${s.users.join(', ')}` : 'nothing asks for it'}
                      </div>
                      <pre className={css.yaml} tabIndex={0}>
                        {s.yaml}
                      </pre>
                    </div>
                    {may && (
                      <div className={css.buttons}>
                        <Button onClick={() => setForm(s)} aria-label={`Change ${s.name}`}>
                          Change
                        </Button>
                        <Button onClick={() => setRemoved(s)} aria-label={`Remove ${s.name}`} disabled={s.users.length > 0} title={s.users.length > 0 ? `${s.users.join(', ')} would not know whom to serve` : undefined}>
                          Remove
                        </Button>
                      </div>
                    )}
                  </li>
                ))}
              </ul>
            ) : (
              <Empty title="No segments yet">Make one where several flags mean the same users, such as those who test early.</Empty>
            )
          }
        </Loaded>
      </Panel>
      {removed && <RemoveSegment project={project} name={removed.name} onClose={() => setRemoved(null)} />}
    </Page>
  )
}

const first = 'purpose: Those who asked for it.\nif:\n  email: {ends: "@example.org"}\n'

function SegmentForm({ project, segment, onClose }: { project: string; segment?: Segment; onClose: () => void }) {
  const put = useWrite('put', '/segments/{project}/{segment}')
  const [name, setName] = useState(segment?.name ?? '')
  const [yaml, setYaml] = useState(segment?.yaml ?? first)
  return (
    <Panel title={segment ? `Change ${segment.name}` : 'Make a segment'}>
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault()
          put.mutate({ params: { project, segment: name.trim() }, body: { document: yaml } }, { onSuccess: onClose })
        }}
      >
        {!segment && <Field label="Name">{(id) => <input id={id} value={name} onChange={(e) => setName(e.currentTarget.value)} required maxLength={63} autoCapitalize="off" spellcheck={false} />}</Field>}
        <Field label="Who is in it" hint={segment && segment.users.length > 0 ? `It changes what ${segment.users.join(', ')} give, at once.` : 'YAML, as in davit.flags.yaml'}>
          {(id, described) => <textarea id={id} aria-describedby={described} className={css.code} rows={8} value={yaml} onChange={(e) => setYaml(e.currentTarget.value)} spellcheck={false} />}
        </Field>
        <Mistakes of={put.error} />
        <div className={css.buttons}>
          <Button kind="primary" type="submit" busy={put.isPending}>
            Save: it holds at once
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Panel>
  )
}

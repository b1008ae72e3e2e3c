import { useState } from 'preact/compat'
import { useLocation, useSearchParams } from 'wouter-preact'
import { useGet, useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Field } from '../../kit/Field'
import { Fields } from '../../kit/Fields'
import { Form } from '../../kit/Form'
import { Input } from '../../kit/Input'
import { Mistakes } from '../../kit/Mistakes'
import { More } from '../../kit/More'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { experimentAddress } from './address'
import { Compared } from './Compared'
import { bodyOf, emptyDraft, emptyMetric, environmentOf, flagOf, type Draft, type MetricDraft } from './draft'
import { MetricCard } from './MetricCard'
import css from './experiments.module.css'

/** Plans an experiment: what is compared, what is expected of it, and by what it is measured. */
export default function NewExperimentPage() {
  const plan = useWrite('post', '/experiments/{project}')
  const [, go] = useLocation()
  const [search] = useSearchParams()
  const [draft, setDraft] = useState(() => emptyDraft(search.has('project') ? `${search.get('project')}/${search.get('flag') ?? ''}` : (search.get('flag') ?? '')))
  const [chosen, setChosen] = useState(draft.flag)
  const { project, key } = flagOf(chosen)
  const query = useGet('/flags/{project}/{flag}', { project, flag: key }, { off: project === '' || key === '' })
  const settled = chosen === draft.flag.trim()
  const flag = settled ? query.data : undefined
  const environment = environmentOf(flag?.environments.map((e) => e.name) ?? [], draft.environment)
  const wrongWith = (part: string) => plan.error?.wrongWith(part)
  const put = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }))
  const putMetric = (nth: number, part: Partial<MetricDraft>) => put({ metrics: draft.metrics.map((m) => (m.nth === nth ? { ...m, ...part } : m)) })
  const send = () => {
    const of = flagOf(draft.flag)
    plan.mutate({ params: { project: of.project }, body: bodyOf(draft, environment) }, { onSuccess: (made) => go(experimentAddress(made.project, made.name)) })
  }
  return (
    <Page>
      <PageHead
        title="Plan an experiment"
        crumbs={[
          { text: 'Flags', to: '/flags' },
          { text: 'Experiments', to: '/experiments' },
        ]}
        sub="Say before what you expect and how it is measured. Nothing is counted until you start it."
      />
      <Form label="Plan of an experiment" onSend={send}>
        <Panel title="What is compared">
          <div className={css.part}>
            <Compared draft={draft} flag={flag} environment={environment} unknown={settled ? query.error?.message : undefined} problem={plan.error} onChange={put} onChosen={setChosen} />
          </div>
        </Panel>
        <Panel title="What you expect">
          <div className={css.part}>
            <Field label="What will be different, and why" hint="One or two sentences that can turn out wrong, such as: one page sells more, because fewer give up." wrong={wrongWith('hypothesis')}>
              {(id, described) => <textarea id={id} aria-describedby={described} value={draft.hypothesis} maxLength={1000} required onChange={(e) => put({ hypothesis: e.currentTarget.value })} />}
            </Field>
            <Fields>
              <Input label="Name" hint="Of small letters, digits and dashes" value={draft.name} onChange={(name) => put({ name })} required maxLength={63} autoCapitalize="off" spellcheck={false} wrong={wrongWith('name')} />
              <Input label="Owner (may be left out)" hint="A person or a team that answers for it" value={draft.owner} onChange={(owner) => put({ owner })} maxLength={200} wrong={wrongWith('owner')} />
            </Fields>
          </div>
        </Panel>
        <Panel title="What is measured">
          <div className={css.part}>
            <ol className={css.part}>
              {draft.metrics.map((m, i) => (
                <MetricCard
                  key={m.nth}
                  metric={m}
                  title={`Metric ${i + 1}`}
                  wrongWith={(part) => wrongWith(`metrics[${i}].${part}`)}
                  onChange={(part) => putMetric(m.nth, part)}
                  onRemove={draft.metrics.length > 1 ? () => put({ metrics: draft.metrics.filter((other) => other.nth !== m.nth) }) : undefined}
                />
              ))}
            </ol>
            <Button onClick={() => put({ metrics: [...draft.metrics, emptyMetric(1 + Math.max(...draft.metrics.map((m) => m.nth)))] })}>Add a metric</Button>
            <More title="How sure it has to be" open={Boolean(wrongWith('alpha') ?? wrongWith('users'))}>
              <Fields>
                <Input label="Chance of any wrong answer, in %" hint="However often one looks. Empty: 5 %" inputMode="decimal" value={draft.alpha} onChange={(alpha) => put({ alpha })} wrong={wrongWith('alpha')} />
                <Input label="Users that each variant must have" hint="Before anything is said. Empty: 100" inputMode="numeric" value={draft.users} onChange={(users) => put({ users })} wrong={wrongWith('users')} />
              </Fields>
            </More>
          </div>
        </Panel>
        <Mistakes of={plan.error} />
        <Button kind="primary" type="submit" busy={plan.isPending}>
          Plan it
        </Button>
      </Form>
    </Page>
  )
}

import type { Answer } from '../../api/client'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Command } from '../../kit/Code'
import { Notice } from '../../kit/Notice'
import { Panel } from '../../kit/Panel'
import css from './home.module.css'

type Issue = Answer<'/status'>['problems'][number]

/** What needs a person, for whom, and what to do. */
export function Issues({ issues }: { issues: Issue[] }) {
  if (issues.length === 0) return null
  return (
    <Panel title="Needs a person" aside={issues.length > 20 ? `the first 20 of ${issues.length}` : undefined}>
      <div className={css.issues}>
        {issues.slice(0, 20).map((issue) => (
          <Notice
            key={issue.about + issue.text}
            tone="wait"
            title={<Anchor to={placeOf(issue.about)}>{issue.about}</Anchor>}
            text={
              <>
                {issue.text}
                {issue.do && (
                  <>
                    {' · '}
                    <Command>{issue.do}</Command>
                  </>
                )}
              </>
            }
            action={issue.since && <Ago at={issue.since} />}
          />
        ))}
      </div>
    </Panel>
  )
}

/** Where a thing that needs somebody can be seen: a rollout, a service, or all of it. */
function placeOf(about: string): string {
  const [service, environment] = about.split(' ')
  if (environment) return `/services/${service}`
  return about === 'router' ? '/' : `/rollouts/${about}`
}

import { Link } from 'wouter-preact'
import { Empty } from '../../kit/Empty'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { NotificationsPart } from './NotificationsPart'
import { PlacesPart } from './PlacesPart'
import { SourcesPart } from './SourcesPart'
import { TokensPart } from './TokensPart'
import css from './settings.module.css'

const parts = [
  { of: '', text: 'Environments and targets', part: PlacesPart },
  { of: 'tokens', text: 'Tokens', part: TokensPart },
  { of: 'sources', text: 'Sources', part: SourcesPart },
  { of: 'notifications', text: 'Notifications', part: NotificationsPart },
]

/** Where things run, who may do what, where commits come from, who is told. */
export default function SettingsPage({ part = '' }: { part?: string }) {
  const shown = parts.find((p) => p.of === part)
  return (
    <Page>
      <PageHead title="Settings" sub="What is not here stands in each service’s davit.yaml, so that it goes the way of every change." />
      <nav className={css.parts} aria-label="Settings">
        {parts.map((p) => (
          <Link key={p.of} href={p.of ? `/settings/${p.of}` : '/settings'} aria-current={p === shown ? 'page' : undefined}>
            {p.text}
          </Link>
        ))}
      </nav>
      {shown ? <shown.part /> : <Empty title="There are no settings of that name">Choose one of those above.</Empty>}
    </Page>
  )
}

import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Export } from './Export'
import { Journal } from './Journal'
import { Verification } from './Verification'

/** The journal: everything that was done, by whom, and whether it is as it was written. */
export default function AuditPage() {
  return (
    <Page>
      <PageHead title="Audit" sub="Everything that happened, and who asked for it. Each line holds the hash of the line before: no line can be changed, moved or taken out without it showing." actions={<Export />} />
      <Verification />
      <Journal />
    </Page>
  )
}

import { Anchor } from '../kit/Anchor'
import { Empty } from '../kit/Empty'
import { Page } from '../kit/Page'
import { PageHead } from '../kit/PageHead'

/** There is no view at this address. */
export function NotFound() {
  return (
    <Page>
      <PageHead title="Nothing here" />
      <Empty title="There is nothing at this address" action={<Anchor to="/">Go home</Anchor>}>
        The address may be mistyped, or the link old. Press / to search for what you meant.
      </Empty>
    </Page>
  )
}

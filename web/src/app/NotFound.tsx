import { useEffect } from 'react'
import { Anchor } from '../kit/Anchor'
import { Empty } from '../kit/Empty'

/** There is no view at this address. */
export function NotFound() {
  useEffect(() => {
    document.title = 'Not found · Davit'
  }, [])
  return (
    <Empty title="There is nothing at this address" action={<Anchor to="/">Go home</Anchor>}>
      The address may be mistyped, or the link old. Press / to search for what you meant.
    </Empty>
  )
}

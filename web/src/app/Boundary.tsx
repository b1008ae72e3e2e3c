import { Component, type ReactNode } from 'preact/compat'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'

/**
 * Keeps a mistake in one page from taking the others with it. A part of the
 * page that is not there any more (the server was upgraded) is not a mistake:
 * the page loads itself again, once.
 */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override componentDidCatch(error: Error) {
    if (!/dynamically imported module|Importing a module|Unable to preload/i.test(error.message)) return
    const key = 'davit-reloaded'
    const last = Number(sessionStorage.getItem(key) ?? 0)
    if (Date.now() - last < 30_000) return
    sessionStorage.setItem(key, String(Date.now()))
    window.location.reload()
  }

  override render() {
    const { error } = this.state
    if (!error) return this.props.children
    return (
      <Empty title="This view broke" action={<Button onClick={() => window.location.reload()}>Load it again</Button>}>
        <span role="alert">{error.message}. The server is not touched by this.</span>
      </Empty>
    )
  }
}

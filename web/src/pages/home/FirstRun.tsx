import { Command } from '../../kit/Code'
import { Copy } from '../../kit/Copy'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import css from './home.module.css'

/** What to do with a Davit that has nothing to do yet. */
export function FirstRun() {
  return (
    <>
      <PageHead title="Nothing is deployed yet" sub="Three commands in a git repository, and it runs. This page follows along by itself." />
      <Panel title="Ship your first service">
        <ol className={css.steps}>
          <li>
            <h3>Describe it</h3>
            <p>
              Davit looks at the repository and writes a <Command>davit.yaml</Command>: what to build, what to run, where to.
            </p>
            <Copy text="davit init" />
          </li>
          <li>
            <h3>Ship it</h3>
            <p>Builds, tests, packs once, and starts it behind the router, without asking anything of your machine.</p>
            <Copy text="davit ship" />
          </li>
          <li>
            <h3>Change something, and push</h3>
            <p>From now on every push goes the same way, a little traffic at a time, and comes back by itself if it does harm.</p>
            <Copy text={`git push ${window.location.origin}/git/NAME.git main`} />
          </li>
        </ol>
      </Panel>
      <Panel title="Or watch it first">
        <p>Good commits, bad commits and real traffic, on this machine, within a minute:</p>
        <br />
        <Copy text="davit demo" />
      </Panel>
    </>
  )
}

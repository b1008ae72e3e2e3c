import { Fragment, useEffect, type ReactNode } from 'preact/compat'
import { Anchor } from './Anchor'
import { Icon } from './Icon'
import css from './PageHead.module.css'

interface Props {
  title: string
  crumbs?: { text: string; to: string }[]
  state?: ReactNode
  sub?: ReactNode
  actions?: ReactNode
}

/** The top of a page: where one is, what it is, how it is, what can be done. It also names the tab. */
export function PageHead({ title, crumbs, state, sub, actions }: Props) {
  useEffect(() => {
    document.title = title === 'Davit' ? title : `${title} · Davit`
  }, [title])
  return (
    <header className={css.head}>
      <div className={css.text}>
        {crumbs && (
          <nav className={css.crumbs} aria-label="Where this is">
            {crumbs.map((c) => (
              <Fragment key={c.to}>
                <Anchor to={c.to}>
                  <bdi>{c.text}</bdi>
                </Anchor>
                <Icon name="right" size={11} />
              </Fragment>
            ))}
          </nav>
        )}
        <div className={css.title}>
          <h1>
            <bdi>{title}</bdi>
          </h1>
          {state}
        </div>
        {sub && <div className={css.sub}>{sub}</div>}
      </div>
      {actions && <div className={css.actions}>{actions}</div>}
    </header>
  )
}

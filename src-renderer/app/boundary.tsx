import { Component, type ReactNode } from 'react'
import { ErrorNotice } from '../components/notice.tsx'
import { Button } from '../components/ui/button.tsx'

/** Keeps a mistake in one screen from taking the window with it: says so, and offers to load it again. */
export class Boundary extends Component<{ children: ReactNode }, { thrown: unknown }> {
  override state: { thrown: unknown } = { thrown: null }

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown }
  }

  override render() {
    if (this.state.thrown === null) return this.props.children
    return (
      <div className="mx-auto max-w-2xl p-8">
        <ErrorNotice error={this.state.thrown}>
          <Button size="sm" onClick={() => window.location.reload()}>
            Load again
          </Button>
        </ErrorNotice>
      </div>
    )
  }
}

import { QueryClientProvider } from '@tanstack/react-query'
import { Tooltip } from 'radix-ui'
import { lazy, Suspense } from 'react'
import { Toaster } from 'sonner'
import { Redirect, Route, Router, Switch } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { queryClient, useSettings } from '../api/queries.ts'
import { SourcesProvider } from '../components/sources/context.tsx'
import { NewQuestion } from '../screens/ask/new-question.tsx'
import { ThreadScreen } from '../screens/ask/thread.tsx'
import { Shell } from './shell.tsx'
import { useTheme } from './theme.ts'

const LibraryScreen = lazy(() => import('../screens/library/library.tsx'))
const ModelsScreen = lazy(() => import('../screens/models/models.tsx'))
const SettingsScreen = lazy(() => import('../screens/settings/settings.tsx'))

/** The whole interface. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Router hook={useHashLocation}>
        <Tooltip.Provider delayDuration={450} skipDelayDuration={200}>
          <SourcesProvider>
            <Themed />
            <Shell>
              <Suspense>
                <Switch>
                  <Route path="/" component={NewQuestion} />
                  <Route path="/t/:id">{({ id }) => <ThreadScreen key={id} id={id} />}</Route>
                  <Route path="/library/:id?">{({ id }) => <LibraryScreen id={id ?? null} />}</Route>
                  <Route path="/models" component={ModelsScreen} />
                  <Route path="/settings" component={SettingsScreen} />
                  <Route>
                    <Redirect to="/" replace />
                  </Route>
                </Switch>
              </Suspense>
            </Shell>
          </SourcesProvider>
        </Tooltip.Provider>
      </Router>
    </QueryClientProvider>
  )
}

function Themed() {
  const theme = useSettings().data?.theme
  useTheme(theme)
  return (
    <Toaster
      theme={theme ?? 'system'}
      position="bottom-right"
      toastOptions={{
        style: { background: 'var(--surface)', color: 'var(--ink)', borderColor: 'var(--line)' },
        descriptionClassName: 'text-ink-2!',
      }}
    />
  )
}

/**
 * What the page takes of the scripts that were loaded before it: React 18, its DOM renderer and GraphiQL 3, each a global
 * of its own build. Only what is used here is typed.
 *
 * @typedef {object} ReactNode
 * @typedef {ReactNode | string | number | null | false | undefined | readonly (ReactNode | string)[]} Child
 * @typedef {((props: never) => Child) | string | object} Component
 *
 * @typedef {object} ReactLibrary
 * @property {(type: Component, props?: object | null, ...children: Child[]) => ReactNode} createElement
 * @property {<T>(initial: T) => [T, (next: T) => void]} useState
 * @property {<T>(subscribe: (listener: () => void) => () => void, snapshot: () => T) => T} useSyncExternalStore
 *
 * @typedef {object} Libraries
 * @property {ReactLibrary} React
 * @property {{ createRoot(element: Element): { render(node: ReactNode): void } }} ReactDOM
 * @property {{ (props: never): Child, Logo: Component, Footer: Component }} GraphiQL
 */

/** @type {Libraries} */
const { React, ReactDOM, GraphiQL } = Object(globalThis);

const element = React.createElement;
const { useState, useSyncExternalStore } = React;

export { element, GraphiQL, ReactDOM, useState, useSyncExternalStore };

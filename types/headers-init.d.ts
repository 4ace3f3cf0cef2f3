/** A name of the browsers' library that @connectrpc/connect's types use; Node's types have it under another one. */
type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;

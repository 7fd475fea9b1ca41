/// What can be wrong with a file, or with what is asked of it.
///
/// Cases may be added in versions 0.x: a `switch` over an error should have a `default`.
public enum FileFormatError: Error, Sendable, Hashable {
}

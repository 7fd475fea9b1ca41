extension Conv2d {
  /// Channels of the input.
  public var inputChannels: Int { configuration.inputChannels }
  /// Channels of the output.
  public var outputChannels: Int { configuration.outputChannels }
  /// Height and width of the filters.
  public var kernelSize: Size2d { configuration.kernelSize }
  /// The step from one output to the next, in input pixels.
  public var stride: Size2d { configuration.stride }
  /// Pixels added at the edges of the input.
  public var padding: Padding { configuration.padding }
  /// The distance between taps of the kernel, in input pixels.
  public var dilation: Size2d { configuration.dilation }
  /// How many independent convolutions the channels are split into.
  public var groups: Int { configuration.groups }
  /// What the added pixels hold.
  public var paddingMode: PaddingMode { configuration.paddingMode }

  /// PyTorch's words for the layer, only those that differ from the default after the stride. Four edges that PyTorch
  /// cannot say are printed as `padding=(top=1, bottom=2, left=1, right=2)`.
  public var extraRepresentation: String { configuration.words(hasBias: bias != nil) }
}

// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "swift-convolution",
  products: [
    .library(name: "Convolution", targets: ["Convolution"]),
    .library(name: "ConvolutionLayers", targets: ["ConvolutionLayers"]),
    .library(name: "ConvolutionIO", targets: ["ConvolutionIO"]),
    // Underscored: for tests and benchmarks; no promise of stability.
    .library(name: "_ConvolutionReference", targets: ["ReferenceConvolution"]),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .target(name: "CConvolutionKernels"),
    .target(
      name: "Convolution", dependencies: ["COpenBLAS", "CConvolutionKernels"],
      // For `span` and `mutableSpan` of a tensor; clients need not enable it.
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
    .target(
      name: "ConvolutionLayers", dependencies: ["Convolution", "CConvolutionKernels"], swiftSettings: settings),
    .target(name: "ConvolutionIO", dependencies: ["Convolution", "CConvolutionKernels"], swiftSettings: settings),
    .target(
      name: "ReferenceConvolution", dependencies: ["Convolution", "CConvolutionKernels"], swiftSettings: settings),
    // For the tests alone: memory beside protected pages and random tensors, and parts of the kernels as functions.
    .target(
      name: "TestSupport", dependencies: ["Convolution", "CConvolutionKernels", "ReferenceConvolution"],
      path: "Tests/TestSupport", swiftSettings: settings),
    .target(name: "CKernelParts", dependencies: ["CConvolutionKernels"], path: "Tests/CKernelParts"),
    .testTarget(
      name: "KernelTests",
      dependencies: ["Convolution", "CConvolutionKernels", "CKernelParts", "ReferenceConvolution", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "ConvolutionTests", dependencies: ["Convolution", "ReferenceConvolution", "TestSupport"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "ConvolutionLayersTests",
      dependencies: ["Convolution", "ConvolutionLayers", "ConvolutionIO", "ReferenceConvolution"],
      resources: [.copy("Fixtures")], swiftSettings: settings),
    .testTarget(
      name: "ConvolutionIOTests", dependencies: ["ConvolutionIO"], exclude: ["Fixtures"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6])

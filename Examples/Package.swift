// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // C functions whose buffers have a count are called with spans.
  .enableExperimentalFeature("SafeInteropWrappers"),
  .enableExperimentalFeature("Lifetimes"),
  // Swift 6.3.1 crashes where it emits a whole module of these with the wrappers.
  .unsafeFlags(["-no-whole-module-optimization"], .when(configuration: .release)),
]

let package = Package(
  name: "Examples",
  dependencies: [
    .package(name: "swift-convolution", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(
      name: "Pictures",
      dependencies: [
        "CPNG",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .target(name: "Progress", swiftSettings: settings),
    .executableTarget(
      name: "edges",
      dependencies: [
        "Pictures",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Edges", swiftSettings: settings),
    .testTarget(
      name: "EdgesTests",
      dependencies: [
        "edges", "Pictures",
        .product(name: "Convolution", package: "swift-convolution"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "upscale",
      dependencies: [
        "Pictures", "Progress",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionLayers", package: "swift-convolution"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Upscale", swiftSettings: settings),
    .testTarget(
      name: "UpscaleTests",
      dependencies: [
        "upscale", "Pictures",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
        .product(name: "ConvolutionLayers", package: "swift-convolution"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "faces",
      dependencies: [
        "Pictures", "Progress",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
        .product(name: "ConvolutionLayers", package: "swift-convolution"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Faces", swiftSettings: settings),
    .testTarget(
      name: "FacesTests",
      dependencies: [
        "faces", "Pictures",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionLayers", package: "swift-convolution"),
      ],
      swiftSettings: settings),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "FashionTraining",
      dependencies: [
        "CZlib", "Progress",
        .product(name: "Convolution", package: "swift-convolution"),
        .product(name: "ConvolutionIO", package: "swift-convolution"),
        .product(name: "ConvolutionLayers", package: "swift-convolution"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "fashion",
      dependencies: ["FashionTraining", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Sources/Fashion", swiftSettings: settings),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .executableTarget(
      name: "fashion-mpi",
      dependencies: ["CMPI", "FashionTraining", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Sources/FashionMPI", swiftSettings: settings),
    .testTarget(
      name: "FashionTests",
      dependencies: ["FashionTraining", .product(name: "Convolution", package: "swift-convolution")],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6])

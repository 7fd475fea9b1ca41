#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#ifndef __APPLE__
#include <semaphore.h>
#endif

#include "../include/ConvolutionSystem.h"

// These few bytes are asked for when the library or a parameter is made; without them nothing can go on.
static void *room_for(size_t size) {
  void *room = malloc(size);
  if (!room) abort();
  return room;
}

void *convolution_mutex_create(void) {
  pthread_mutex_t *mutex = room_for(sizeof *mutex);
  pthread_mutex_init(mutex, NULL);
  return mutex;
}

void convolution_mutex_destroy(void *mutex) {
  pthread_mutex_destroy(mutex);
  free(mutex);
}

void convolution_mutex_lock(void *mutex) { pthread_mutex_lock(mutex); }

void convolution_mutex_unlock(void *mutex) { pthread_mutex_unlock(mutex); }

#ifndef __APPLE__
void *convolution_semaphore_create(void) {
  sem_t *semaphore = room_for(sizeof *semaphore);
  sem_init(semaphore, 0, 0);
  return semaphore;
}

void convolution_semaphore_reset(void *semaphore) { sem_init(semaphore, 0, 0); }

void convolution_semaphore_signal(void *semaphore) { sem_post(semaphore); }

void convolution_semaphore_wait(void *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR) {}
}
#else
// Darwin has no semaphores without a name.
struct Semaphore {
  pthread_mutex_t mutex;
  pthread_cond_t signalled;
  size_t count;
};

void *convolution_semaphore_create(void) {
  struct Semaphore *semaphore = room_for(sizeof *semaphore);
  convolution_semaphore_reset(semaphore);
  return semaphore;
}

void convolution_semaphore_reset(void *pointer) {
  struct Semaphore *semaphore = pointer;
  pthread_mutex_init(&semaphore->mutex, NULL);
  pthread_cond_init(&semaphore->signalled, NULL);
  semaphore->count = 0;
}

void convolution_semaphore_signal(void *pointer) {
  struct Semaphore *semaphore = pointer;
  pthread_mutex_lock(&semaphore->mutex);
  semaphore->count++;
  pthread_cond_signal(&semaphore->signalled);
  pthread_mutex_unlock(&semaphore->mutex);
}

void convolution_semaphore_wait(void *pointer) {
  struct Semaphore *semaphore = pointer;
  pthread_mutex_lock(&semaphore->mutex);
  while (semaphore->count == 0) pthread_cond_wait(&semaphore->signalled, &semaphore->mutex);
  semaphore->count--;
  pthread_mutex_unlock(&semaphore->mutex);
}
#endif
